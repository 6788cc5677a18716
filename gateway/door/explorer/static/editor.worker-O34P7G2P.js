import{a}from"./chunk-46E5L42G.js";import"./chunk-FY3TVG2W.js";import"./chunk-DPV4J6GN.js";import"./chunk-IYWUY3VA.js";export{a as initialize};
