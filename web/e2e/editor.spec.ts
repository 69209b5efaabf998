import { composer, direct, expect, log, open, test, type Person } from './people.ts'

const colourAt = (p: Person, x: number, y: number) =>
  p.page.locator('canvas').evaluate((canvas: HTMLCanvasElement, at) => {
    const [r, g, b] = canvas.getContext('2d')!.getImageData(Math.floor(at.x * (canvas.width - 1)), Math.floor(at.y * (canvas.height - 1)), 1, 1).data
    return [r, g, b]
  }, { x, y })
const sizeOf = (p: Person) => p.page.locator('canvas').evaluate((canvas: HTMLCanvasElement) => [canvas.width, canvas.height])

test('a picture is turned, mirrored, cut, drawn on and lit before it is sent, and each step can be undone', async ({ person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  const chat = await direct(ann, bob)
  await open(ann, chat)
  await open(bob, chat)
  await expect(composer(ann)).toBeVisible()
  // Left half red, right half blue.
  const two = await ann.page.evaluate(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 400, height: 200 })
    const paint = canvas.getContext('2d')!
    paint.fillStyle = '#f00'
    paint.fillRect(0, 0, 200, 200)
    paint.fillStyle = '#00f'
    paint.fillRect(200, 0, 200, 200)
    return canvas.toDataURL('image/png').split(',')[1]!
  })
  await ann.page.locator('input[type=file]').first().setInputFiles({ name: 'flag.png', mimeType: 'image/png', buffer: Buffer.from(two, 'base64') })
  await ann.page.getByRole('button', { name: 'Edit flag.png' }).click()
  const editor = ann.page.getByRole('dialog', { name: 'Edit picture' })
  const [red, blue] = [[255, 0, 0], [0, 0, 255]]
  await expect.poll(() => colourAt(ann, 0.1, 0.5)).toEqual(red)
  await editor.getByRole('button', { name: 'Mirror' }).click()
  await expect.poll(() => colourAt(ann, 0.1, 0.5)).toEqual(blue)
  await editor.getByRole('button', { name: 'Rotate' }).click()
  await expect.poll(() => sizeOf(ann)).toEqual([200, 400])
  await expect.poll(() => colourAt(ann, 0.5, 0.1)).toEqual(blue)
  await editor.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(() => sizeOf(ann)).toEqual([400, 200])
  // Cut to the left half, by keyboard.
  await editor.getByRole('button', { name: 'Cut' }).click()
  await editor.getByRole('button', { name: 'Edge e', exact: true }).focus()
  for (let i = 0; i < 5; i++) await ann.page.keyboard.press('Shift+ArrowLeft')
  await editor.getByRole('button', { name: 'Cut to this part' }).click()
  await expect.poll(() => sizeOf(ann)).toEqual([200, 200])
  await expect.poll(() => colourAt(ann, 0.95, 0.5)).toEqual(blue)
  // A white line across.
  await editor.getByRole('button', { name: 'Draw' }).click()
  await editor.getByRole('radio', { name: '#ffffff' }).click()
  const box = (await ann.page.locator('canvas').boundingBox())!
  await ann.page.mouse.move(box.x + 10, box.y + box.height / 2)
  await ann.page.mouse.down()
  await ann.page.mouse.move(box.x + box.width - 10, box.y + box.height / 2, { steps: 8 })
  await ann.page.mouse.up()
  await expect.poll(() => colourAt(ann, 0.5, 0.5)).toEqual([255, 255, 255])
  await ann.page.keyboard.press('Control+z')
  await expect.poll(() => colourAt(ann, 0.5, 0.5)).toEqual(blue)
  await editor.getByRole('button', { name: 'Brightness and contrast' }).click()
  await editor.getByRole('slider', { name: 'Brightness' }).fill('0.5')
  await editor.getByRole('button', { name: 'Done' }).click()
  await expect(editor).toHaveCount(0)
  await ann.page.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
  const seen = log(bob).locator('img[src*=attachments]')
  await expect(seen).toBeVisible()
  const got = await seen.evaluate(async (img: HTMLImageElement) => {
    await img.decode()
    const canvas = Object.assign(document.createElement('canvas'), { width: img.naturalWidth, height: img.naturalHeight })
    const paint = canvas.getContext('2d')!
    paint.drawImage(img, 0, 0)
    return { size: [img.naturalWidth, img.naturalHeight], blue: paint.getImageData(5, 5, 1, 1).data[2]! }
  })
  expect(got.size[0]).toBe(got.size[1])
  expect(got.blue).toBeGreaterThan(110)
  expect(got.blue).toBeLessThan(145) // half of 255, but for compression
})
