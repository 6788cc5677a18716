/** In the place of monaco's two diff editors, which GraphiQL never opens. */
class NoDiffEditor {
  constructor() {
    throw new Error('The diff editor is not part of this bundle.');
  }
}

export { NoDiffEditor as DiffEditorWidget, NoDiffEditor as MultiDiffEditorWidget };
