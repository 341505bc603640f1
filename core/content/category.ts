/** The closed list of Art. 7 of the Lai Châu Quy chế (domain.md §1.2.1). The letter after đ, e is g: there is no 7.2.f. */
export const CATEGORIES = [
  'A7_1_POLICY_LAW',
  'A7_2A_DEV_PROJECTS',
  'A7_2B_KNOWLEDGE',
  'A7_2C_SECURITY_MILITARY',
  'A7_2D_DISASTER_EMERGENCY',
  'A7_2DD_GOOD_EXAMPLES',
  'A7_2E_ANTI_VIOLATION',
  'A7_2G_GOODS_SERVICES',
  'A7_3_ACCESS_DEMOCRACY',
  'A7_4_EXTERNAL_INFO',
  'A7_5_ADVERTISING',
] as const
export type Category = (typeof CATEGORIES)[number]

/** Vietnamese and English names, with the clause, for every place a person reads a category. */
export const CATEGORY_NAMES: {
  readonly [C in Category]: { readonly clause: string; readonly vi: string; readonly en: string }
} = {
  A7_1_POLICY_LAW: { clause: '7.1', vi: 'Chủ trương, chính sách, pháp luật', en: 'Policy and law' },
  A7_2A_DEV_PROJECTS: { clause: '7.2.a', vi: 'Dự án, chương trình phát triển', en: 'Development projects' },
  A7_2B_KNOWLEDGE: {
    clause: '7.2.b',
    vi: 'Kinh tế, văn hóa, khoa học, kỹ thuật',
    en: 'Knowledge, science, technology',
  },
  A7_2C_SECURITY_MILITARY: {
    clause: '7.2.c',
    vi: 'An ninh, trật tự; quân sự địa phương',
    en: 'Security, order, local military',
  },
  A7_2D_DISASTER_EMERGENCY: {
    clause: '7.2.d',
    vi: 'Phòng chống thiên tai, cứu nạn, dịch bệnh',
    en: 'Disasters, rescue, epidemics',
  },
  A7_2DD_GOOD_EXAMPLES: { clause: '7.2.đ', vi: 'Gương người tốt, việc tốt', en: 'Good examples' },
  A7_2E_ANTI_VIOLATION: { clause: '7.2.e', vi: 'Phòng, chống vi phạm pháp luật', en: 'Against violations of the law' },
  A7_2G_GOODS_SERVICES: {
    clause: '7.2.g',
    vi: 'Sản phẩm, hàng hóa, dịch vụ thiết yếu',
    en: 'Goods and services for daily life',
  },
  A7_3_ACCESS_DEMOCRACY: {
    clause: '7.3',
    vi: 'Tiếp cận thông tin, dân chủ ở cơ sở',
    en: 'Access to information, grassroots democracy',
  },
  A7_4_EXTERNAL_INFO: { clause: '7.4', vi: 'Thông tin đối ngoại', en: 'External information' },
  A7_5_ADVERTISING: { clause: '7.5', vi: 'Quảng cáo', en: 'Advertising' },
}

/** Public information feeds the floor of Art. 8.1; advertising (7.5) does not (reading A1 of domain.md §1.7). */
export const countsTowardFloor = (category: Category): boolean => category !== 'A7_5_ADVERTISING'
