# cmake -DCSS=FILE -DJS=FILE -DOUT=FILE -P embed.cmake
# Writes the style sheet and the script as C arrays, each with the hash that the
# Content-Security-Policy names (W3C CSP Level 3, 2.3.1: base64 of SHA-256).

# Three bytes give four letters; what is missing at the end is "=".
function(base64 hex out)
    set(letters ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)
    string(LENGTH "${hex}" len)
    set(text "")
    set(at 0)
    while(at LESS len)
        string(SUBSTRING "${hex}0000" ${at} 6 group)
        math(EXPR left "(${len} - ${at}) / 2")
        math(EXPR bits "0x${group}")
        foreach(shift 18 12 6 0)
            math(EXPR index "(${bits} >> ${shift}) & 63")
            string(SUBSTRING ${letters} ${index} 1 letter)
            math(EXPR used "(18 - ${shift}) / 6")
            if(used GREATER left)
                set(letter "=")
            endif()
            string(APPEND text "${letter}")
        endforeach()
        math(EXPR at "${at} + 6")
    endwhile()
    set(${out} "${text}" PARENT_SCOPE)
endfunction()

function(embed file name out)
    file(READ ${file} hex HEX)
    file(SHA256 ${file} sum)
    base64(${sum} hash)
    string(REGEX REPLACE "(................................)" "\\1\n    " hex "${hex}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1, " bytes "${hex}")
    set(${out}
        "const char ${name}_hash[] = \"sha256-${hash}\";\nconst char ${name}[] = {\n    ${bytes}0x00};\n"
        PARENT_SCOPE)
endfunction()

embed(${CSS} xd_html_css css)
embed(${JS} xd_html_js js)
file(WRITE ${OUT}
    "/* Made by html/embed.cmake from report.css and report.js. */\n#include \"html_priv.h\"\n\n${css}\n${js}")
