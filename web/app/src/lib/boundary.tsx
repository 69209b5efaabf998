import { Button } from '@parley/ui'
import { Component, type ReactNode } from 'react'
import { m } from './messages.ts'

/** Keeps an error where it happened: the rest of the page lives on. */
export class Boundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null }
  static getDerivedStateFromError(error: Error) {
    return { error }
  }
  override render() {
    if (!this.state.error) return this.props.children
    return (
      <div role="alert" className="grid h-full place-content-center gap-3 p-6 text-center text-sm">
        <p className="font-medium">{m.broken_panel()}</p>
        <Button variant="outline" className="justify-self-center" onClick={() => this.setState({ error: null })}>
          {m.try_again()}
        </Button>
      </div>
    )
  }
}
