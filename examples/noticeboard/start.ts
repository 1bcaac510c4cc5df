/**
 * Runs three engines that share the notice board: `npm run noticeboard`.
 *
 *   --home <folder>   where their data are; ~/.hermes-noticeboard by default
 *   --port <number>   of the first page, 7881 by default
 *   --stranger        a fourth engine, whose notes the others refuse
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEngines } from './engines.ts';

const { values } = parseArgs({
  options: {
    home: { type: 'string', default: join(homedir(), '.hermes-noticeboard') },
    port: { type: 'string', default: '7881' },
    stranger: { type: 'boolean', default: false },
  },
});
const stop = Promise.withResolvers<void>();
process.once('SIGINT', stop.resolve).once('SIGTERM', stop.resolve);

console.log('Starting the engines; the first time their module is built');
await using running = await startEngines({
  folder: values.home,
  port: Number(values.port),
  names: ['one', 'two', 'three'],
  ...(values.stranger && { stranger: 'stranger' }),
});
for (const { name, url, peer } of running.engines) console.log(`${name.padEnd(8)}  ${url}  ${peer}`);
console.log('Write on one page and look at the others. Ctrl-C ends all of them.');
await Promise.race([stop.promise, running.ended]);
