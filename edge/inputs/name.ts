/** How the pins are called in evidence, faults and metrics. */
export const GPIO_DEVICE = 'gpio'
