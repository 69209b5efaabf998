import { createServer, connect, type AddressInfo, type Socket } from 'node:net'

/** A line between a browser and the server that can go dead, as when the power fails: nothing passes, and nobody is told. */
export class Line {
  private readonly sockets = new Set<Socket>()
  private dead = false

  private constructor(private readonly server: ReturnType<typeof createServer>) {}

  static async to(url: string): Promise<Line> {
    const { hostname, port } = new URL(url)
    const server = createServer((near) => {
      const far = connect(Number(port), hostname)
      for (const [from, to] of [[near, far], [far, near]] as const) {
        line.sockets.add(from)
        from.on('data', (bytes) => !line.dead && to.write(bytes))
        from.on('error', () => undefined)
        from.on('close', () => {
          line.sockets.delete(from)
          if (!line.dead) to.destroy()
        })
      }
    })
    const line = new Line(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return line
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  die(): void {
    this.dead = true
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy()
    this.server.close()
  }
}
