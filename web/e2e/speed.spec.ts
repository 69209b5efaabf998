import { composer, direct, expect, log, open, test } from './people.ts'

// Runs alone (see playwright.config.ts): another browser beside it would be measured too.
test('a message shows within 50 ms of Enter, also without a network', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  await open(ann, await direct(ann, bob))
  await expect(log(ann).getByText('No messages yet')).toBeVisible()
  for (const offline of [false, true]) {
    await ann.page.context().setOffline(offline)
    const took: number[] = []
    for (const n of [1, 2, 3, 4, 5]) {
      const text = `${offline ? 'offline' : 'online'} ${n}`
      await composer(ann).fill(text)
      took.push(await ann.page.evaluate(async (text) => {
        const start = performance.now()
        const area = document.querySelector('textarea')!
        area.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
        while (!document.querySelector('[role=log]')!.textContent!.includes(text)) await new Promise((r) => requestAnimationFrame(r))
        return performance.now() - start
      }, text))
    }
    const median = took.sort((a, b) => a - b)[2]!
    expect(median, `${took.join(', ')} ms`).toBeLessThan(50)
  }
})
