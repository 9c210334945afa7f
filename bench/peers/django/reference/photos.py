"""Photos as they are kept: upright, without metadata, 1600 pixels at most, and a thumbnail."""

import os
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from PIL import Image, ImageOps

FULL = (1600, 1600)
SMALL = (240, 180)


class Flushed(FileSystemStorage):
    """A report that was acknowledged has its photos, whatever happens: as with what it is compared with."""

    def _save(self, name, content):
        name = super()._save(name, content)
        with open(self.path(name), "rb") as file:
            os.fsync(file.fileno())
        return name


def prepare(file):
    image = Image.open(file)
    # Pillow then decodes a JPEG at a half or a quarter of its size.
    image.draft("RGB", FULL)
    image = ImageOps.exif_transpose(image).convert("RGB")
    image.thumbnail(FULL, Image.Resampling.LANCZOS)
    full = encode(image, 80)
    image.thumbnail(SMALL, Image.Resampling.LANCZOS)
    return full, encode(image, 75)


def encode(image, quality):
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return ContentFile(buffer.getvalue(), "photo.jpg")
