import type { Conversation, Message, OwnUser } from '@parley/sdk'
import { expect, test } from 'vitest'
import { isNews, levelOf, undisturbed } from '../src/lib/attention.ts'

const me = { id: 1, presence: { status: 'ONLINE' }, settings: { quietHours: { on: false, from: '22:00', to: '07:00', timeZone: 'UTC' } } } as unknown as OwnUser
const c = (more: object = {}) => ({ id: 7, notificationLevel: 'ALL', notificationsUntil: null, lastReadMessageId: 3, ...more }) as unknown as Conversation
const message = (more: object = {}) => ({ id: 5, senderId: 2, messageType: 'TEXT', isDeleted: false, mentions: [], ...more }) as unknown as Message
const now = new Date('2026-01-02T12:00:00Z')

test('news is what the reader wants to hear of, and has not read', () => {
  expect(isNews(me, c(), message(), now)).toBe(true)
  expect(isNews(me, undefined, message(), now)).toBe(false)
  expect(isNews(me, c({ lastReadMessageId: 5 }), message(), now)).toBe(false) // on another device, meanwhile
  for (const not of [{ senderId: 1 }, { messageType: 'SYSTEM' }, { isDeleted: true }]) expect(isNews(me, c(), message(not), now)).toBe(false)
})

test('levels: all, mentions, nothing, and for a while', () => {
  expect(isNews(me, c({ notificationLevel: 'NOTHING' }), message({ mentions: [1] }), now)).toBe(false)
  const mentions = c({ notificationLevel: 'MENTIONS' })
  expect(isNews(me, mentions, message(), now)).toBe(false)
  expect(isNews(me, mentions, message({ mentions: [1] }), now)).toBe(true)
  expect(isNews(me, mentions, message({ mentionsAll: true }), now)).toBe(true)
  expect(levelOf(c({ notificationLevel: 'NOTHING', notificationsUntil: '2026-01-02T11:59:00Z' }), now)).toBe('ALL')
  expect(levelOf(c({ notificationLevel: 'NOTHING', notificationsUntil: '2026-01-02T12:01:00Z' }), now)).toBe('NOTHING')
})

test('nobody is disturbed in quiet hours, or who does not want to be', () => {
  expect(undisturbed(me, now)).toBe(false)
  expect(undisturbed({ ...me, presence: { ...me.presence, status: 'DND' } }, now)).toBe(true)
  const quiet = { ...me, settings: { ...me.settings, quietHours: { on: true, from: '11:00', to: '13:00', timeZone: 'UTC' } } } as OwnUser
  expect(undisturbed(quiet, now)).toBe(true)
})
