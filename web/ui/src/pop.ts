/** What all that pops up looks like. */
export const pop =
  'z-50 rounded-lg border bg-popover text-popover-foreground shadow-pop outline-none duration-150 data-[state=open]:animate-in data-[state=open]:fade-in-0 data-[state=open]:zoom-in-95'
