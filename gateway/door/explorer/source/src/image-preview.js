/** In the place of GraphiQL's preview of images, which loads them from wherever an answer points to. */
export const ImagePreview = Object.assign(() => null, { shouldRender: () => false });
export const pathToURL = () => undefined;
