import { settings } from './settings.js';

globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    const file = settings.workers[label] ?? settings.workers.editor;
    return new Worker(new URL(file, import.meta.url), { type: 'module', name: label });
  },
};
