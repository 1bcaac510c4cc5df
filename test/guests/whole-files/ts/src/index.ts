// Does with `hermes:guest` what the request says: a list of steps, each a function and its arguments.
import { appendFile, FileError, json, list, readFile, readText, remove, writeFile } from 'hermes:guest';
import type { Reply } from 'hermes:http-gateway/event';

type Step = readonly [what: string, path: string, data?: string];

function perform([what, path, data = '']: Step): unknown {
  switch (what) {
    case 'readFile':
      return [...(readFile(path) ?? ['nothing'])];
    case 'length':
      return readFile(path)?.length;
    case 'readText':
      return readText(path);
    case 'writeFile':
      return writeFile(path, data);
    case 'fill':
      return writeFile(path, new Uint8Array(Number(data)));
    case 'appendFile':
      return appendFile(path, data);
    case 'list':
      return list(path);
    case 'remove':
      return remove(path);
    default:
      throw new Error(`There is no step ${what}`);
  }
}

export const reply: Reply = (body) => {
  const steps = JSON.parse(new TextDecoder().decode(body)) as readonly Step[];
  const said = steps.map((step) => {
    try {
      return perform(step) ?? null;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return `${error.code} ${error.path} ${error.message}`;
    }
  });
  return json(said);
};
