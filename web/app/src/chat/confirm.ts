import { createStore } from 'zustand/vanilla'

export interface Question {
  title: string
  text?: string
  /** What the button that goes ahead says. */
  action: string
  /** What cannot be taken back: the focus starts on the way out. */
  grave?: boolean
  /** Asks for the password too. */
  password?: boolean
  /** What was wrong with the one before. */
  error?: string
}

export const asked = createStore<{ question: Question | null; answer: (yes: boolean, password?: string) => void }>(() => ({ question: null, answer: () => undefined }))

/** Asks before something that is hard to take back. */
export const ask = async (question: Question): Promise<boolean> => (await put(question)) !== null

/** The same, with the password of whoever goes ahead; null: he does not. */
export const askForPassword = (question: Question): Promise<string | null> => put({ ...question, password: true })

function put(question: Question): Promise<string | null> {
  asked.getState().answer(false)
  return new Promise((resolve) => {
    const answer = (yes: boolean, password = '') => {
      asked.setState({ question: null, answer: () => undefined })
      resolve(yes ? password : null)
    }
    asked.setState({ question, answer })
  })
}
