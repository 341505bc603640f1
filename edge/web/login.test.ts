import { expect, test } from 'vitest'
import { siteFacts } from '../../test/build.ts'
import { loginPage } from './page.ts'

test('a wrong code keeps the name that was typed, as text', () => {
  const fault = { vi: 'Sai mã ghép nối.', en: 'Wrong pairing code.' }
  const html = loginPage(siteFacts(), fault, 'Lò Thị "Mai" <b>')
  expect(html).toContain(
    'name="person" required maxlength="64" autocomplete="name" value="Lò Thị &quot;Mai&quot; &lt;b&gt;"',
  )
  expect(html).toContain('role="alert"')
  expect(loginPage(siteFacts(), null)).toContain('value=""')
})
