/** The few texts of the components themselves; the app puts its own here. */
export const texts = { close: () => 'Close', clear: () => 'Clear' }
