/** Counts on the tab's icon and on the installed app's. */
export function badge(unread: number): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')!
  icon.href = unread > 0 ? '/icon-unread.svg' : '/icon.svg'
  const app = navigator as Navigator & { setAppBadge?(n: number): Promise<void>; clearAppBadge?(): Promise<void> }
  void (unread > 0 ? app.setAppBadge?.(unread) : app.clearAppBadge?.())?.catch(() => undefined)
}
