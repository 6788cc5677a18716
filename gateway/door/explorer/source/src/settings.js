/**
 * What the gateway says about itself: {title, endpoint, traced, headers: what the editor of request headers begins with,
 * workers: {label: file}, examples: [{name, about, query}]}.
 */
export const settings = JSON.parse(document.getElementById('settings').textContent);

/** The endpoint, taken relative to the page, so that a path prefix in front of the gateway does no harm. */
export const endpoint = new URL(settings.endpoint.replace(/^\//, ''), document.baseURI);
