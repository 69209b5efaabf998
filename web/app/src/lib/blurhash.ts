const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~'

const number = (text: string) => [...text].reduce((value, digit) => value * 83 + digits.indexOf(digit), 0)
const linear = (value: number) => (value <= 10.31475 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4)
const srgb = (value: number) => Math.round(255 * (value <= 0.0031308 ? value * 12.92 : 1.055 * Math.max(0, Math.min(1, value)) ** (1 / 2.4) - 0.055))
const signedSquare = (value: number) => Math.sign(value) * value * value

type Colour = [number, number, number]

/** Paints the blur of an image (https://blurha.sh) of a few pixels, to be stretched. */
export function blur(hash: string, width: number, height: number): ImageData | null {
  const size = number(hash[0] ?? '')
  const [nx, ny] = [(size % 9) + 1, Math.floor(size / 9) + 1]
  if (hash.length !== 4 + 2 * nx * ny || [...hash].some((digit) => !digits.includes(digit))) return null
  const most = (number(hash[1]!) + 1) / 166
  const average = number(hash.slice(2, 6))
  const waves: Colour[] = [[linear(average >> 16), linear((average >> 8) & 255), linear(average & 255)]]
  for (let i = 1; i < nx * ny; i++) {
    const value = number(hash.slice(4 + i * 2, 6 + i * 2))
    const part = (n: number) => signedSquare((n - 9) / 9) * most
    waves.push([part(Math.floor(value / 361)), part(Math.floor(value / 19) % 19), part(value % 19)])
  }
  const image = new ImageData(width, height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sum: Colour = [0, 0, 0]
      waves.forEach((wave, i) => {
        const basis = Math.cos((Math.PI * x * (i % nx)) / width) * Math.cos((Math.PI * y * Math.floor(i / nx)) / height)
        for (let k = 0; k < 3; k++) sum[k]! += wave[k]! * basis
      })
      image.data.set([srgb(sum[0]), srgb(sum[1]), srgb(sum[2]), 255], 4 * (y * width + x))
    }
  }
  return image
}
