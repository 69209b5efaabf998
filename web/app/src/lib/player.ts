import { createStore } from 'zustand/vanilla'

/** One sound that may be played. */
export interface Track {
  id: number | string
  url: string
  durationMs: number
  title: string
  /** Where it was said, to go back to. */
  path?: string
}

interface Playing {
  track: Track | null
  playing: boolean
  atMs: number
  speed: number
  failed: boolean
}

export const speeds = [1, 1.5, 2]

/** What is played, one at a time, wherever its row has gone meanwhile. */
export const player = createStore<Playing>(() => ({ track: null, playing: false, atMs: 0, speed: 1, failed: false }))

let audio: HTMLAudioElement | undefined

function element(): HTMLAudioElement {
  if (audio) return audio
  audio = new Audio()
  audio.preload = 'auto'
  audio.addEventListener('timeupdate', () => player.setState({ atMs: audio!.currentTime * 1_000 }))
  audio.addEventListener('play', () => player.setState({ playing: true }))
  audio.addEventListener('pause', () => player.setState({ playing: false }))
  audio.addEventListener('ended', () => player.setState({ playing: false, atMs: 0 }))
  audio.addEventListener('error', () => player.setState({ playing: false, failed: true }))
  return audio
}

export function toggle(track: Track): void {
  const sound = element()
  const { track: now, atMs } = player.getState()
  if (now?.id !== track.id) load(track, 0)
  else if (!sound.paused) return sound.pause()
  else if (sound.ended) sound.currentTime = 0
  else if (sound.error) load(track, atMs)
  void sound.play().catch(() => undefined) // the error event tells
}

/** Goes to a place; what is not played yet begins there. */
export function seek(track: Track, ms: number): void {
  const at = Math.max(0, Math.min(ms, track.durationMs))
  if (player.getState().track?.id !== track.id) load(track, at)
  else element().currentTime = at / 1_000
  player.setState({ atMs: at })
}

export function faster(): void {
  const speed = speeds[(speeds.indexOf(player.getState().speed) + 1) % speeds.length]!
  element().playbackRate = speed
  player.setState({ speed })
}

export function stop(): void {
  const sound = element()
  sound.pause()
  sound.removeAttribute('src')
  player.setState({ track: null, playing: false, atMs: 0, failed: false })
}

function load(track: Track, atMs: number): void {
  const sound = element()
  sound.src = track.url
  sound.playbackRate = player.getState().speed
  if (atMs > 0) sound.currentTime = atMs / 1_000
  player.setState({ track, atMs, failed: false })
}
