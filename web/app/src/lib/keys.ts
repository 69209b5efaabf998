/** The key that opens the palette, as it stands on this keyboard. */
export const jumpKey = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘K' : 'Ctrl K'
