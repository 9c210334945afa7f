// The bell: its badge, and its accessible name, which carries the number.

export function showUnread(unread: number): void {
  const bell = document.getElementById("bell");
  const badge = bell?.querySelector<HTMLElement>(".kt-badge");
  if (!bell || !badge) return;
  const number = unread > 99 ? "99+" : String(unread);
  badge.textContent = number;
  badge.hidden = unread === 0;
  const { word = "", unreadWord = "" } = bell.dataset;
  bell.ariaLabel = unread === 0 ? word : `${word}, ${number} ${unreadWord}`;
}
