// Looks at the file tree, /ipfs included, as the request says: a list of steps, each a function and its argument.
import { FileError, json, list, readFile, readText, writeFile } from 'hermes:guest';
import type { Reply } from 'hermes:http-gateway/event';
import { fileAdd } from 'hermes:ipfs/api';

type Step = readonly [what: string, path: string];

function perform([what, path]: Step): unknown {
  switch (what) {
    case 'add':
      return fileAdd(new TextEncoder().encode(path)).filePath;
    case 'length':
      return readFile(path)?.length;
    case 'end':
      return [...(readFile(path)?.subarray(-8) ?? [])];
    case 'text':
      return readText(path);
    case 'list':
      return list(path);
    case 'write':
      return writeFile(path, 'new');
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
      return error.code;
    }
  });
  return json(said);
};
