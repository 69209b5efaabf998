/** Parley's own mark: two bubbles that meet. */
export function Mark({ size = 32 }: { size?: number }) {
  return <img src="/icon.svg" width={size} height={size} alt="" className="shrink-0" />
}
