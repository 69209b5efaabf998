import { ApiError } from '@parley/sdk'
import { m } from './messages.ts'

/** Why something was refused, in the language that is shown; the server's own words where there are no others. */
export function reason(problem: unknown): string {
  if (!(problem instanceof Error)) return String(problem)
  const code = 'code' in problem ? String(problem.code) : ''
  return (problem instanceof ApiError ? byField(problem) : undefined) ?? byCode[code]?.() ?? problem.message
}

const byCode: Record<string, () => string> = {
  unreachable: () => m.unreachable(),
  rate_limited: () => m.try_later(),
  blocked: () => m.refused_blocked(),
  forbidden: () => m.refused_forbidden(),
  role_required: () => m.refused_forbidden(),
  not_participant: () => m.conversation_gone(),
  feature_disabled: () => m.refused_off(),
  not_found: () => m.refused_gone(),
  payload_too_large: () => m.refused_large(),
  unsupported_type: () => m.refused_type(),
  internal: () => m.refused_server(),
  overloaded: () => m.refused_server(),
  shutting_down: () => m.refused_server(),
}

function byField({ code, field, message }: ApiError): string | undefined {
  if (code === 'already_exists' && (!field || field === 'username')) return m.username_taken()
  if (code === 'forbidden' && field === 'invite') return m.invite_invalid()
  if (code === 'forbidden' && (field === 'current' || field === 'password')) return m.password_current_wrong()
  if (code !== 'validation_failed') return undefined
  switch (field) {
    case 'username':
      return m.username_invalid()
    case 'displayName':
      return m.name_invalid()
    case 'password':
    case 'new':
      return m.password_refused()
    case 'senderId':
      return m.no_such_person()
    case 'in':
      return m.no_such_conversation()
    case 'has':
      return m.search_has()
    case 'from':
    case 'to':
      return m.search_date()
    case 'query':
      return m.search_long()
    case 'content':
      return m.too_long()
    default:
      return message
  }
}
