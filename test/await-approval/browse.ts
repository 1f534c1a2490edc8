import { throughProxy, type SandboxAddress } from '../sandbox/through-proxy.ts'
import type { Person } from './approval-cloud.ts'

/** Signs the person in at the address that a command has shown, and follows Entra's redirect to loopback, as a browser does. */
export async function visitAs(sandbox: SandboxAddress, shown: string, person: Person): Promise<void> {
  const page = new URL(/^sign in\s+(https:\S+)$/m.exec(shown)?.[1] ?? '')
  page.searchParams.set('login_hint', `${person}@contoso.example`)
  const { headers, body } = await throughProxy(sandbox, { url: page.href })
  const back = headers['location']
  if (back === undefined) throw new Error(`Entra sends nobody back: ${body}`)
  // localhost may be ::1 here, where the command does not listen.
  await fetch(back.replace('//localhost:', '//127.0.0.1:'))
}
