import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { cleanup, temporary } from '../test/support.ts'
import { lockDataFolder } from './lock.ts'
import { openLibc } from './os.ts'

test('a second daemon is refused and told who has the folder; a killed holder leaves nothing behind', async () => {
  const folder = temporary()
  const code = `
    import { lockDataFolder } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)}
    import { openLibc } from ${JSON.stringify(new URL('./os.ts', import.meta.url).href)}
    console.log(lockDataFolder(${JSON.stringify(folder)}, openLibc()).ok)
    setInterval(() => {}, 1000)`
  const holder = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  cleanup(() => holder.kill('SIGKILL'))
  const [line] = (await once(holder.stdout, 'data')) as [Buffer]
  expect(line.toString().trim()).toBe('true')
  const refused = lockDataFolder(folder, openLibc())
  expect(refused.ok ? '' : refused.error).toContain(`process ${holder.pid}`)
  const gone = once(holder, 'exit')
  holder.kill('SIGKILL')
  await gone
  const taken = lockDataFolder(folder, openLibc())
  expect(taken.ok).toBe(true)
  if (taken.ok) taken.value.release()
  const again = lockDataFolder(folder, openLibc())
  expect(again.ok).toBe(true)
  if (again.ok) again.value.release()
})
