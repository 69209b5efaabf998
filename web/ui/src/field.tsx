import { X } from 'lucide-react'
import { Switch as S } from 'radix-ui'
import { useId, useRef, type ComponentProps, type ReactNode } from 'react'
import { cn } from './cn.ts'
import { texts } from './texts.ts'

export const inputClass =
  'h-10 w-full rounded-lg border border-input bg-background px-3 text-[15px] outline-none placeholder:text-muted-foreground focus:border-ring focus:ring-3 focus:ring-ring/15 aria-invalid:border-destructive'

interface FieldProps extends ComponentProps<'input'> {
  label: string
  hint?: ReactNode
  error?: string | undefined
}

export function Field({ label, hint, error, className, id, ...props }: FieldProps) {
  const made = useId()
  const own = id ?? made
  const told = error || hint
  return (
    <div className={className}>
      <label htmlFor={own} className="mb-1.5 block text-sm font-medium">
        {label}
      </label>
      <input id={own} className={inputClass} aria-invalid={error ? true : undefined} aria-describedby={told ? `${own}-told` : undefined} {...props} />
      {told && (
        <p id={`${own}-told`} role={error ? 'alert' : undefined} className={cn('mt-1.5 text-xs', error ? 'text-danger-strong' : 'text-muted-foreground')}>
          {error || hint}
        </p>
      )}
    </div>
  )
}

/** What one looks for, with a cross of its own that empties it. */
export function SearchField({ label, value, onValue, className, ...props }: { label: string; value: string; onValue(value: string): void } & Omit<ComponentProps<'input'>, 'value'>) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <div className={cn('relative', className)}>
      <input ref={input} type="search" aria-label={label} placeholder={label} value={value} onChange={(e) => onValue(e.target.value)} className={cn(inputClass, value && 'pe-10')} {...props} />
      {value && (
        <button
          type="button" aria-label={texts.clear()} className="absolute inset-y-0 end-0 grid w-10 place-items-center rounded-lg text-muted-foreground hover:text-foreground"
          onClick={() => {
            onValue('')
            input.current?.focus()
          }}
        >
          <X className="size-4" />
        </button>
      )}
    </div>
  )
}

export function SwitchRow({ label, hint, ...props }: { label: string; hint?: string } & ComponentProps<typeof S.Root>) {
  const id = useId()
  return (
    <div className="flex items-center gap-4 py-2">
      <div className="min-w-0 flex-1">
        <label htmlFor={id} className="block text-sm font-medium">
          {label}
        </label>
        {hint && <p className="text-xs text-muted-foreground">{hint}</p>}
      </div>
      <S.Root id={id} className="relative h-6 w-10 shrink-0 cursor-pointer rounded-full bg-input transition-colors data-[state=checked]:bg-primary" {...props}>
        <S.Thumb className="block size-5 translate-x-0.5 rounded-full bg-white shadow-sm transition-transform rtl:-translate-x-0.5 data-[state=checked]:translate-x-[18px] rtl:data-[state=checked]:-translate-x-[18px]" />
      </S.Root>
    </div>
  )
}

/** One of a few, shown side by side. */
export function Choice<T extends string>({ label, value, options, onChange }: { label: string; value: T; options: { value: T; label: string; swatch?: string }[]; onChange(value: T): void }) {
  const name = useId()
  return (
    <fieldset className="mt-3">
      <legend className="mb-1.5 text-sm font-medium">{label}</legend>
      <div className="flex flex-wrap gap-1 rounded-lg bg-muted p-1">
        {options.map((o) => (
          <label key={o.value} className="flex flex-1 cursor-pointer items-center justify-center gap-1.5 rounded-md px-1.5 py-1.5 text-center whitespace-nowrap pointer-coarse:min-h-10 text-[13px] font-medium text-muted-foreground has-checked:bg-card dark:has-checked:bg-foreground/15 has-checked:text-foreground has-checked:shadow-sm has-focus-visible:outline-2 has-focus-visible:outline-ring">
            <input type="radio" name={name} className="sr-only" checked={o.value === value} onChange={() => onChange(o.value)} />
            {o.swatch && <i aria-hidden="true" className="size-3 shrink-0 rounded-full" style={{ background: o.swatch }} />}
            {o.label}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
