/**
 * Claims by which the hardware itself makes the screen dark: nobody wanted it, so the time is faulted and not displaced, and the screen
 * record says that it was not intended.
 */
export const PROTECTIONS = ['thermal', 'mains'] as const
export const isProtection = (claim: string): boolean => PROTECTIONS.some((id) => id === claim)
