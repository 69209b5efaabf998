import { clsx, type ClassValue } from 'clsx'
import { extendTailwindMerge } from 'tailwind-merge'

// Without this, text-msg and text-2xs are taken for colours and dropped as soon as
// a text colour follows.
const merge = extendTailwindMerge({ extend: { classGroups: { 'font-size': [{ text: ['2xs', 'msg'] }] } } })
export const cn = (...classes: ClassValue[]) => merge(clsx(classes))
