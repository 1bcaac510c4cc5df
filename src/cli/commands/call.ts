import { expectWords } from '../arguments.ts';
import type { Command, Given } from '../command.ts';
import { moduleName, readComponent } from '../component-file.ts';
import { readEnvironment } from '../environment.ts';
import type { Io } from '../io.ts';

/** `hermes call`. */
export const call: Command = {
  name: 'call',
  summary: 'Calls one export of a component and prints the result as JSON',
  usage: '<component.wasm> [<export> [json arguments…]] [options]',
  about: [
    'The component gets the host functions of the real extensions. Without an export its exports',
    'are listed. An export is named in full, or by its function alone when that is clear: reply.',
    '',
    'Arguments are JSON values: list<u8> is a list of numbers, {"utf8": "…"} or {"base64": "…"};',
    '64-bit integers are numbers or decimal text; an option is its value or null; variants and',
    'results are {"tag": "…", "val": …}; flags are a list of names; records are objects.',
    '',
    'What the component stores is forgotten afterwards, unless --home is given. A trap prints its',
    'code and ends with 1.',
  ].join('\n'),
  options: {
    home: { type: 'string', value: 'folder', help: 'A data folder that stays; by default an empty one' },
    'app-name': {
      type: 'string',
      value: 'name',
      help: 'The application whose data is used; call-app by default',
    },
  },
  examples: [
    'hermes call echo.wasm',
    `hermes call echo.wasm reply '{"utf8": "hello"}' '[]' '"/api"' '"POST"'`,
    'hermes call api.wasm hermes:init/event#init --home ./data --app-name guestbook',
  ],
  run: runCall,
};

async function runCall(given: Given, io: Io): Promise<number> {
  expectWords(given, { command: 'call', what: 'the file of a component', least: 1 });
  const [file = '', wanted, ...words] = given.words;
  const { logLevel } = readEnvironment(io.env);
  const bytes = await readComponent(file);
  const [{ compile }, { exportLines, findExport }, { argumentsOf }] = await Promise.all([
    import('../../component/index.ts'),
    import('../call/find-export.ts'),
    import('../call/arguments-of.ts'),
  ]);
  const { exports } = await compile(bytes);
  if (wanted === undefined) {
    io.out(
      exportLines(exports)
        .map((line) => `${line}\n`)
        .join(''),
    );
    return 0;
  }
  const target = findExport(exports, wanted);
  const args = argumentsOf(target, words);
  const [{ singleCall }, { createLogger }, { toJson }] = await Promise.all([
    import('../call/single-call.ts'),
    import('../../telemetry/pino-logger.ts'),
    import('../values/to-json.ts'),
  ]);
  const level = given.flag('verbose') ? 'debug' : (logLevel ?? 'info');
  const { value, done } = await singleCall({
    component: bytes,
    module: moduleName(file),
    app: given.text('app-name')[0] ?? 'call-app',
    home: given.text('home')[0],
    export: target.name,
    args,
    log: createLogger({ level, stream: io.log, ...(io.colors ? {} : { colors: false }) }),
  });
  const { result } = target.type;
  if (result) io.out(`${JSON.stringify(toJson(result, value))}\n`);
  return done ?? 0;
}
