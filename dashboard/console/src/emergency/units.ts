/**
 * The 36 communes and 2 wards since 01/7/2025 (Resolution 1670/NQ-UBTVQH15), by code. Names for people only: what an order is aimed by is the
 * code of a cluster. Codes were used for other places before that day, so this names no place of the past.
 */
const UNITS: { readonly [code: string]: string } = {
  '03388': 'phường Đoàn Kết',
  '03408': 'phường Tân Phong',
  '03390': 'Bình Lư',
  '03394': 'Sin Suối Hồ',
  '03405': 'Tả Lèng',
  '03424': 'Bản Bo',
  '03430': 'Khun Há',
  '03433': 'Bum Tở',
  '03434': 'Nậm Hàng',
  '03439': 'Thu Lũm',
  '03442': 'Pa Ủ',
  '03445': 'Mường Tè',
  '03451': 'Mù Cả',
  '03460': 'Hua Bum',
  '03463': 'Tà Tổng',
  '03466': 'Bum Nưa',
  '03472': 'Mường Mô',
  '03478': 'Sìn Hồ',
  '03487': 'Lê Lợi',
  '03503': 'Pa Tần',
  '03508': 'Hồng Thu',
  '03517': 'Nậm Tăm',
  '03529': 'Tủa Sín Chải',
  '03532': 'Pu Sam Cáp',
  '03538': 'Nậm Mạ',
  '03544': 'Nậm Cuổi',
  '03549': 'Phong Thổ',
  '03562': 'Sì Lở Lầu',
  '03571': 'Dào San',
  '03583': 'Khổng Lào',
  '03595': 'Than Uyên',
  '03598': 'Tân Uyên',
  '03601': 'Mường Khoa',
  '03613': 'Nậm Sỏ',
  '03616': 'Pắc Ta',
  '03618': 'Mường Than',
  '03637': 'Mường Kim',
  '03640': 'Khoen On',
}

/** `xã Mường Tè`, `phường Đoàn Kết`; a code that is not in the list is shown as it is. */
export const unitName = (code: string): string => {
  const name = Object.hasOwn(UNITS, code) ? UNITS[code] : undefined
  if (name === undefined) return code
  return name.startsWith('phường') ? name : `xã ${name}`
}
