/**
 * Seeds that found something, with what it was. Each is run for its days in every `npm test`; what a seed makes of a world changes with the
 * generator, so beside each stands the day a person looked at it.
 */
export const FOUND: readonly { readonly seed: number; readonly days: number; readonly found: string }[] = [
  {
    seed: 118,
    days: 2,
    found:
      'The disk failed over midnight: the seal of the day was stamped later than the records that had waited for the disk and came behind it.',
  },
  {
    seed: 30,
    days: 2,
    found:
      'The wall clock stepped back, the power went, the clock was set right: an advertisement had its hour three times.',
  },
  {
    seed: 3087,
    days: 5,
    found:
      'A clock stepped back by 19 days was believed after an hour: an order in force would have stayed up until the date it was signed for came again.',
  },
  {
    seed: 252,
    days: 1,
    found:
      'A clock went wrong by 13 days, was set right, and the power went: the hour before was forgotten, and an advertisement had more than its share of it.',
  },
]
