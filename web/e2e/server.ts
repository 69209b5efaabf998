import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const binary = new URL('../../bin/parley', import.meta.url).pathname

/** A real server with its own data, which a test may kill and start again. */
export class Server {
  private process: ChildProcess | undefined
  /** The folder that everything it keeps is in. */
  readonly data = mkdtempSync(join(tmpdir(), 'parley-web-'))

  private constructor(private readonly port: number, private readonly options: string[]) {}

  static async start(...options: string[]): Promise<Server> {
    const server = new Server(await freePort(), options)
    await server.up()
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async up(): Promise<void> {
    const process = spawn(binary, ['serve', '--data', this.data, '--listen', `127.0.0.1:${this.port}`, '--rate-limits', 'off', ...this.options], { stdio: 'ignore' })
    this.process = process
    for (;;) {
      if (process.exitCode !== null) throw new Error(`parley ended with ${process.exitCode}`)
      const ready = await fetch(`${this.url}/readyz`).then((r) => r.ok, () => false)
      if (ready) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** Ends it at once, as a power cut would. */
  async kill(): Promise<void> {
    const process = this.process!
    const gone = new Promise((resolve) => process.once('exit', resolve))
    process.kill('SIGKILL')
    await gone
  }

  async close(): Promise<void> {
    await this.kill()
    rmSync(this.data, { recursive: true, force: true })
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
