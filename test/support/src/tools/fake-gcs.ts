import { join } from 'node:path';
import { execa } from 'execa';
import { installOnce } from '../cache/install-once.js';
import { readEnvironment } from '../environment.js';
import { SupportError } from '../support-error.js';

const version = 'v1.56.1';
const program = 'fake-gcs-server';
const module = `github.com/fsouza/${program}@${version}`;
/** Milliseconds. A build from nothing takes two and a half minutes on two cores. */
const buildTimeout = 900_000;

/**
 * The path of `fake-gcs-server`, built by Go on first use, with the user's own Go settings.
 * @throws SupportError `GO_MISSING` or `GO_BUILD_FAILED`
 */
export async function ensureFakeGcs(): Promise<string> {
  const folder = await installOnce(`${program}-${version}`, async (temporary) => {
    await expectGo();
    const result = await execa('go', ['install', module], {
      cwd: temporary,
      env: { GOBIN: temporary },
      reject: false,
      stdin: 'ignore',
      all: true,
      timeout: buildTimeout,
    });
    if (result.exitCode === 0) return;
    throw new SupportError({
      code: 'GO_BUILD_FAILED',
      message: `go install ${module} failed: ${(result.all ?? result.shortMessage ?? '').trim().slice(-2000)}`,
      remedy: 'Check that Go reaches a module proxy (its own settings are honoured).',
      cause: result instanceof Error ? result : undefined,
    });
  });
  return join(folder, process.platform === 'win32' ? `${program}.exe` : program);
}

let told = false;

/**
 * Whether tests against Google Cloud Storage can run here: `describe.runIf(await gcsAvailable())`. Without Go it says
 * why not, once per process.
 * @throws SupportError `GO_MISSING` in CI, where leaving tests out would hide what they would find
 */
export async function gcsAvailable(): Promise<boolean> {
  try {
    await expectGo();
    return true;
  } catch (error) {
    if (!(error instanceof SupportError) || readEnvironment().ci) throw error;
    if (!told) console.warn(`Tests of Google Cloud Storage are left out: ${error.message}`);
    told = true;
    return false;
  }
}

async function expectGo(): Promise<void> {
  const result = await execa('go', ['version'], { reject: false, stdin: 'ignore', all: true });
  if (result.exitCode === 0) return;
  throw new SupportError({
    code: 'GO_MISSING',
    message: `${program} is built by Go, and the command "go" does not run here`,
    remedy: 'Install Go 1.26 or newer and put it into PATH.',
    cause: result instanceof Error ? result : undefined,
  });
}
