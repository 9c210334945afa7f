// What scripts add to pages that work without them. Everything listens on the
// document, so that parts which htmx exchanges need no new set-up.
import "./htmx";
import { startComposer } from "./composer";
import { startCopy } from "./copy";
import { startDialogs } from "./dialogs";
import { startDrafts } from "./drafts";
import { startFocus } from "./focus";
import { startForms } from "./forms";
import { startLanguage } from "./language";
import { startLimits } from "./limits";
import { startLive } from "./live";
import { startPhotos } from "./photos";
import { startSending } from "./sending";
import { startTimes } from "./times";

startForms();
startDialogs();
startFocus();
startDrafts();
startComposer();
startLanguage();
startSending();
startPhotos();
startLimits();
startTimes();
startCopy();
startLive();
