/** For searching: without diacritics, in lower case, with single spaces. `Lũ quét` and `lu quet` are the same; `đ` is `d`. */
export const plainText = (text: string): string =>
  text.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll(/[đĐ]/g, 'd').toLowerCase().replaceAll(/\s+/g, ' ').trim()
