import { cva, type VariantProps } from 'class-variance-authority'
import { Slot } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from './cn.ts'

export const buttonVariants = cva(
  "inline-flex cursor-pointer items-center justify-center gap-1.5 rounded-md text-sm font-medium whitespace-nowrap transition-colors disabled:pointer-events-none disabled:opacity-50 [&_svg]:shrink-0 [&_svg:not([class*='size-'])]:size-4",
  {
    variants: {
      variant: {
        default: 'bg-primary text-primary-foreground hover:bg-[color-mix(in_oklab,var(--primary)_90%,black)]',
        outline: 'border border-input bg-background hover:bg-muted',
        soft: 'bg-primary-soft text-primary-soft-foreground hover:brightness-97',
        ghost: 'text-muted-foreground hover:bg-muted hover:text-foreground',
        destructive: 'border border-destructive/50 text-danger-strong hover:bg-danger-soft',
        danger: 'bg-danger-strong text-background hover:bg-danger-strong/90',
        link: 'text-primary underline-offset-4 hover:underline',
      },
      size: { default: 'h-9 px-3.5', sm: 'h-8 px-2.5', lg: 'h-11 rounded-lg px-5 text-[15px]', icon: 'size-8', 'icon-sm': 'size-7' },
    },
    defaultVariants: { variant: 'default', size: 'default' },
  },
)

type ButtonProps = ComponentProps<'button'> & VariantProps<typeof buttonVariants> & { asChild?: boolean }

export function Button({ className, variant, size, asChild, type = 'button', ...props }: ButtonProps) {
  const Component = asChild ? Slot.Root : 'button'
  return <Component data-slot="button" className={cn(buttonVariants({ variant, size }), className)} {...(asChild ? {} : { type })} {...props} />
}
