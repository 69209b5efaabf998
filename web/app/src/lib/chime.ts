let audio: AudioContext | undefined
let last = 0

/** Two short tones, made here. A browser plays nothing before somebody has touched the page. */
export function chime(): void {
  const now = performance.now()
  if (now - last < 1_500) return
  last = now
  audio ??= new AudioContext()
  const context = audio
  void context.resume().then(() => {
    if (context.state !== 'running') return
    for (const [i, pitch] of [587.33, 880].entries()) tone(context, pitch, context.currentTime + i * 0.09)
  })
}

function tone(context: AudioContext, pitch: number, at: number): void {
  const [voice, loudness] = [context.createOscillator(), context.createGain()]
  voice.frequency.value = pitch
  loudness.gain.setValueAtTime(0, at)
  loudness.gain.linearRampToValueAtTime(0.12, at + 0.01)
  loudness.gain.exponentialRampToValueAtTime(0.001, at + 0.25)
  voice.connect(loudness).connect(context.destination)
  voice.start(at)
  voice.stop(at + 0.3)
}
