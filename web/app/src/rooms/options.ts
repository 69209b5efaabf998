import { useEffect, useState } from 'react'
import * as api from './api.ts'

let asked: Promise<api.Options> | undefined

/** What the operator allows; asked once. */
export function roomOptions(): Promise<api.Options> {
  asked ??= api.options().catch((error: unknown) => {
    asked = undefined
    throw error
  })
  return asked
}

/** Undefined while that is not known, null if it cannot be had. */
export function useOptions(): api.Options | null | undefined {
  const [options, set] = useState<api.Options | null>()
  useEffect(() => void roomOptions().then(set, () => set(null)), [])
  return options
}
