import type { components } from './openapi.ts'

type Schemas = components['schemas']
export type Conversation = Schemas['ConversationResponse']
export type Message = Schemas['ChatMessageResponse']
export type Participant = Schemas['Participant']
export type Attachment = Schemas['Attachment']
export type User = Schemas['User']
export type OwnUser = Schemas['OwnUser']
export type Session = Schemas['Session']
export type PresenceResponse = Schemas['PresenceResponse']
export type Reaction = Schemas['Reaction']
export type ReadReceipt = Schemas['ReadReceipt']
export type Found = Schemas['Found']
export type Settings = OwnUser['settings']
export type OwnTheme = NonNullable<Settings['ownTheme']>
export type OwnStatus = OwnUser['presence']
export type Poll = NonNullable<Message['poll']>
export type LinkPreview = NonNullable<Message['linkPreviews']>[number]
export type Reminder = Schemas['Reminder']
export type PollVoter = Schemas['PollVoter']
export type AdminUser = Schemas['AdminUser']
export type AdminGroup = Schemas['AdminGroup']
export type ServerSetting = Schemas['ServerSetting']
export type Deed = Schemas['Deed']
export type Report = Schemas['Report']
export type Draft = NonNullable<Conversation['draft']>

export type PresenceStatus = 'ONLINE' | 'AWAY' | 'DND' | 'OFFLINE'
