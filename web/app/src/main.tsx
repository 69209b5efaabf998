import { texts } from '@parley/ui'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { register } from './lib/installed.ts'
import { restore } from './lib/session.ts'
import { remembered, speak } from './lib/language.ts'
import { followSystem } from './lib/theme.ts'
import { m } from './lib/messages.ts'
import './styles.css'

texts.close = () => m.close()
texts.clear = () => m.clear_field()
followSystem()
void restore()
await speak(remembered())
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
if (import.meta.env.PROD) void register().catch(() => undefined)
