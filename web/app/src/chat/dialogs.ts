import { createStore } from 'zustand/vanilla'

export type DialogName = 'new' | 'new-group' | 'new-channel' | 'jump' | 'directory' | 'bookmarks' | 'threads' | 'settings' | 'keys' | 'share'

/** Which of the dialogs that belong to no conversation is open. */
export const dialogs = createStore<{ open: DialogName | null }>(() => ({ open: null }))
export const openDialog = (name: DialogName) => dialogs.setState({ open: name })
export const closeDialog = () => dialogs.setState({ open: null })
