import { runStep } from './lib/step/run-step.ts'

/** The steps of this image. A step's declaration and its work are loaded only when it is called. */
const steps: Readonly<Record<string, () => Promise<number>>> = {
  'await-approval': async () => {
    const { step } = await import('./await-approval/step.ts')
    return await runStep(step, async () => (await import('./await-approval/run.ts')).run, process)
  },
  'check-trust': async () => {
    const { step } = await import('./check-trust/step.ts')
    return await runStep(step, async () => (await import('./check-trust/run.ts')).run, process)
  },
  'copy-image': async () => {
    const { step } = await import('./copy-image/step.ts')
    return await runStep(step, async () => (await import('./copy-image/run.ts')).run, process)
  },
  'login-registries': async () => {
    const { step } = await import('./login-registries/step.ts')
    return await runStep(step, async () => (await import('./login-registries/run.ts')).run, process)
  },
  'pull-image': async () => {
    const { step } = await import('./pull-image/step.ts')
    return await runStep(step, async () => (await import('./pull-image/run.ts')).run, process)
  },
  'push-image': async () => {
    const { step } = await import('./push-image/step.ts')
    return await runStep(step, async () => (await import('./push-image/run.ts')).run, process)
  },
  'report-audit': async () => {
    const { step } = await import('./report-audit/step.ts')
    return await runStep(step, async () => (await import('./report-audit/run.ts')).run, process)
  },
  'run-script': async () => {
    const { step } = await import('./run-script/step.ts')
    return await runStep(step, async () => (await import('./run-script/run.ts')).run, process)
  },
  'verify-access': async () => {
    const { step } = await import('./verify-access/step.ts')
    return await runStep(step, async () => (await import('./verify-access/run.ts')).run, process)
  },
  'write-aws-profile': async () => {
    const { step } = await import('./write-aws-profile/step.ts')
    return await runStep(step, async () => (await import('./write-aws-profile/run.ts')).run, process)
  },
  'write-azure-environment': async () => {
    const { step } = await import('./write-azure-environment/step.ts')
    return await runStep(step, async () => (await import('./write-azure-environment/run.ts')).run, process)
  },
  'write-kubeconfig': async () => {
    const { step } = await import('./write-kubeconfig/step.ts')
    return await runStep(step, async () => (await import('./write-kubeconfig/run.ts')).run, process)
  },
}

/**
 * What is no step of everybody's Tasks: programs that other people's clients start, as a step has told them; what a step starts as a process of its own;
 * and a sidecar, with its probe and the steps around the user's own, which one Task of ours wires.
 */
const programs: typeof steps = {
  'hand-out-aws-session': async () => await (await import('./write-aws-profile/hand-out.ts')).handOutSession(process),
  'open-identity': async () => {
    const { around } = await import('./run-with-identity/step.ts')
    return await runStep(around.open, async () => (await import('./run-with-identity/open.ts')).openIdentity, process)
  },
  'run-script/process': async () => await (await import('./run-script/script-process.ts')).runScriptProcess(process),
  'run-with-identity': async () => await (await import('./run-with-identity/broker.ts')).runBroker(process),
  'run-with-identity/probe': async () => await (await import('./run-with-identity/probe.ts')).probeBroker(process),
  'seal-identity': async () => await (await import('./run-with-identity/seal.ts')).runSeal(process),
}

const name = process.argv[2] ?? ''
const known = { ...steps, ...programs }
const call = Object.hasOwn(known, name) ? known[name] : undefined
if (call === undefined)
  process.stderr.write(`There is no step "${name}". This image has: ${Object.keys(steps).join(', ')}\n`)
// A handle that is still open (a keep-alive connection, a cancelled read) must not keep a step that is done.
process.exit(call === undefined ? 64 : await call())
