import { expect, test } from 'vitest'
import { moved, sizeAfter } from '../src/lib/edits.ts'
import { peaksOf } from '../src/lib/recorder.ts'

const whole = { x: 0, y: 0, width: 1, height: 1 }

test('a region is moved and drawn within the image', () => {
  expect(moved(whole, 'e', -0.25, 0.5)).toEqual({ x: 0, y: 0, width: 0.75, height: 1 })
  expect(moved(whole, 'nw', 0.25, 0.5)).toEqual({ x: 0.25, y: 0.5, width: 0.75, height: 0.5 })
  expect(moved({ x: 0.5, y: 0.5, width: 0.25, height: 0.25 }, 'all', 1, -1)).toEqual({ x: 0.75, y: 0, width: 0.25, height: 0.25 })
  expect(moved(whole, 's', 0, -2).height).toBe(0.05)
})

test('turning and cutting change the size', () => {
  expect(sizeAfter(400, 200, [{ kind: 'turn' }])).toEqual({ width: 200, height: 400 })
  expect(sizeAfter(400, 200, [{ kind: 'crop', region: { x: 0, y: 0, width: 0.5, height: 1 } }, { kind: 'turn' }, { kind: 'mirror' }])).toEqual({ width: 200, height: 200 })
})

test('the shape of a sound has 48 parts, however long it was', () => {
  expect(peaksOf([])).toEqual(Array(48).fill(0))
  expect(peaksOf([7])).toEqual(Array(48).fill(7))
  const long = peaksOf(Array.from({ length: 480 }, (_, i) => (i === 255 ? 99 : 1)))
  expect(long).toHaveLength(48)
  expect(long[25]).toBe(99)
  expect(long.filter((p) => p === 1)).toHaveLength(47)
})
