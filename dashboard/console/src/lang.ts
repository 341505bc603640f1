/** The languages of the console. Vietnamese is the default. */
export type Lang = 'vi' | 'en'
