" Vim syntax of recpol: policies for the recording of calls.
" Generated from grammar/recpol.lark by `make generate`; do not edit it.
if exists("b:current_syntax")
  finish
endif

" Of patterns that fit at one place Vim takes the last.
syntax match recpolError /"[^#]*/
syntax match recpolDelimiter /\C\v\}/
syntax match recpolDelimiter /\C\v\{/
syntax match recpolOperator /\C\v\=/
syntax match recpolDelimiter /\C\v:/
syntax match recpolDelimiter /\C\v,/
syntax match recpolOperator /\C\v\*/
syntax match recpolOperator /\C\v-\>/
syntax match recpolNumber /\C\v[0-9]+/
syntax match recpolComment /\C\v#.*/ contains=@Spell
syntax match recpolNumber /\C\v\+[0-9]+/
syntax match recpolString /\C\v"%([^"\\]|\\.)*"/ contains=recpolPlaceholder,recpolEscape,@Spell
syntax match recpolTag /\C\v\@[a-z]%([a-z0-9]|-%(\>)@!)*/
syntax match recpolName /\C\v[A-Za-z_]%([A-Za-z0-9_]|-%(\>)@!)*/
syntax match recpolName /\C\v[a-z]%([a-z0-9]|-%(\>)@!)*%([A-Za-z0-9_]|-%(\>)@!)@!/
syntax match recpolKeyword /\C\v%(suppress-callbacks|dtmf-max-digits|dial-timeout|dtmf-timeout|max-duration|credentials|indications|sample-rate|conference|recordings|transcribe|direction|dtmf-mode|encrypted|recording|transport|announce|continue|answers|because|connect|invalid|opt-out|readers|timeout|always|answer|before|cookie|custom|digits|except|format|hangup|header|locale|notify|policy|prompt|record|refuse|region|repeat|target|unique|barge|begin|every|intro|never|phase|rules|store|times|tones|voice|call|dtmf|hold|keep|menu|only|pack|park|play|ssml|wait|all|amd|cli|end|env|key|moh|say|url|use|in|on|to|up)%([A-Za-z0-9_]|-%(\>)@!)@!/
syntax match recpolNumber /\C\v[0-9]+[A-Za-z]+/
syntax match recpolLocale /\C\v[a-z]{2,3}-[A-Z][A-Za-z]+%(-[A-Za-z]+)*%(\/[a-z]+)?/
syntax match recpolLabel /\C\v[a-z]%([a-z0-9]|-%(\>)@!)*%([ \t]*:)@=/

syntax match recpolPlaceholder /{{[^{}\"]*}}/ contained
syntax match recpolEscape /\\./ contained

highlight default link recpolLabel Label
highlight default link recpolLocale Constant
highlight default link recpolNumber Number
highlight default link recpolName Identifier
highlight default link recpolTag Type
highlight default link recpolString String
highlight default link recpolComment Comment
highlight default link recpolKeyword Keyword
highlight default link recpolOperator Operator
highlight default link recpolDelimiter Delimiter
highlight default link recpolPlaceholder Special
highlight default link recpolEscape SpecialChar
highlight default link recpolError Error

let b:current_syntax = "recpol"
