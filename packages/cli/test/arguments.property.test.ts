import { Cli, UsageError } from 'clipanion';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readInvocation } from '../src/arguments.js';
import { createCli, listCommands } from '../src/cli.js';
import type { CliHost } from '../src/index.js';

const cli = createCli('9.9.9');
// commands are only made here, never run
const context = { ...Cli.defaultContext, host: {} as CliHost };
const commands = listCommands(cli);
const words = commands.flatMap(({ path }) => path);
const flags = commands.flatMap((command) => command.flags.flatMap(({ names }) => names));
const text = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom('', '-', '--', '=', '-=', '--=x', '--no-', '-h', 'true', '0'),
);
const word = fc.oneof(
  fc.constantFrom(...words),
  fc.constantFrom(...flags),
  text,
  fc.tuple(fc.constantFrom(...flags), fc.constantFrom('', '='), text).map((parts) => parts.join('')),
);

describe('any command line', () => {
  it('is read, or refused as a wrong one', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (argv) => {
        try {
          const invocation = readInvocation(argv, commands);
          // what our grammar lets through, the library takes as well
          if (invocation.kind === 'run') cli.process([...invocation.args], context);
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('means the same with its flags before and after the command', () => {
    const command = fc.constantFrom(
      ...commands.filter(({ path, takesWord }) => path.length === 1 && !takesWord),
    );
    const value = fc.stringMatching(/^[a-z0-9]{1,6}$/);
    const line = command.chain((one) => {
      const names = one.flags.map(({ names: all, takesValue }) => ({ name: all.at(-1) ?? '', takesValue }));
      const flag = fc.tuple(fc.constantFrom(...names), value);
      return fc.tuple(fc.constant(one), fc.array(flag, { maxLength: 4 }));
    });
    fc.assert(
      fc.property(line, ([{ path }, chosen]) => {
        const typed = chosen.flatMap(([{ name, takesValue }, given]) =>
          takesValue ? [name, given] : [name],
        );
        // a name that takes a value in one command and none in another reads differently before its command is known
        const clear = chosen.every(([{ name, takesValue }]) =>
          commands.every(({ flags: all }) =>
            all.every((flag) => !flag.names.includes(name) || flag.takesValue === takesValue),
          ),
        );
        if (!clear) return;
        expect(readInvocation([...typed, ...path], commands)).toEqual(
          readInvocation([...path, ...typed], commands),
        );
      }),
      { numRuns: 500 },
    );
  });
});
