import { createStore } from 'zustand/vanilla'

export type Filter = 'all' | 'unread' | 'mentions' | 'archived'

/** Which part of the list of conversations is shown. */
export const listView = createStore<{ filter: Filter }>(() => ({ filter: 'all' }))
export const showPart = (filter: Filter) => listView.setState({ filter })
